"""Who may see what, for every role."""

import itertools

import pytest

from dashboard import access
from dashboard.access import Agreement, Allowed, Refused, Viewer
from kpis.organisation import Department, Organisation

TREE = Organisation(
    (
        Department("root", "All", None, "p_ceo"),
        Department("service", "Service", "root", "p_anna"),
        Department("chat", "Chat", "service"),
        Department("it", "IT", "root", "p_ravi"),
        Department("service_desk", "Service desk of IT", "it"),
    )
)
LEADER = Viewer("p_lead", "Lead", frozenset({"leader", "employee"}), departments=frozenset({"root"}))
HEAD = Viewer("p_anna", "Anna", frozenset({"head", "employee"}), frozenset({"service"}), frozenset({"service"}))
EMPLOYEE = Viewer("p_lotte", "Lotte", frozenset({"employee"}), departments=frozenset({"chat"}))
HR = Viewer("p_hr", "Hanna", frozenset({"hr", "employee"}), departments=frozenset({"root"}))
STEWARD = Viewer("p_data", "Stef", frozenset({"steward", "employee"}), departments=frozenset({"it"}))
APPROVER = Viewer(None, "board@example.org", frozenset({"approver"}))
STRANGER = Viewer(None, "Nobody", frozenset())
EVERYONE = {"leader": LEADER, "head": HEAD, "employee": EMPLOYEE, "hr": HR, "steward": STEWARD, "stranger": STRANGER}
EVERYONE |= {"approver": APPROVER}

PAGES = {
    "leader": {"review", "thread", "kpi", "me", "department", "targets", "alignment", "plan", "payout"},
    "head": {"review", "thread", "kpi", "me", "department", "targets", "plan", "payout"},
    "employee": {"thread", "kpi", "me"},
    "hr": {
        "review",
        "thread",
        "kpi",
        "me",
        "department",
        "targets",
        "alignment",
        "compare",
        "letters",
        "plan",
        "payout",
        "statements",
    },
    "steward": {"review", "thread", "kpi", "me", "quality"},
    "stranger": set(),
    "approver": {"plan", "payout"},
}
ALL = {
    "company",
    "department:root",
    "department:service",
    "department:chat",
    "department:it",
    "department:service_desk",
}
SCOPES = {
    "leader": ALL,
    "head": {"company", "department:service", "department:chat"},
    "employee": {"company", "department:chat"},
    "hr": ALL,
    "steward": ALL,
    "stranger": set(),
    "approver": {"company"},
}
PAY = {
    "leader": ALL | {"joint:service+it"},
    "head": {"department:service", "department:chat", "joint:service+chat"},
    "employee": set(),
    "hr": ALL | {"joint:service+it"},
    "steward": set(),
    "stranger": set(),
    "approver": set(),
}
roles = pytest.mark.parametrize("role", EVERYONE)


@roles
def test_each_role_sees_its_pages_and_no_other(role):
    assert set(access.pages(EVERYONE[role])) == PAGES[role]
    for page in set(access.PAGES) - PAGES[role]:
        refused = access.may_see_page(EVERYONE[role], page)
        assert isinstance(refused, Refused)
        assert refused.reason
        assert refused.ask


@roles
def test_a_page_nobody_knows_is_refused(role):
    assert not access.may_see_page(EVERYONE[role], "nowhere")


@roles
def test_each_role_may_choose_its_scopes_and_no_other(role):
    assert access.visible_scopes(EVERYONE[role], TREE) == SCOPES[role]


@roles
def test_what_may_be_chosen_is_exactly_what_may_be_sent(role):
    sent = {scope for scope in ALL if access.may_see_figures(EVERYONE[role], scope, TREE)}
    assert sent == SCOPES[role]


@roles
@pytest.mark.parametrize(
    "scope", ["department:nowhere", "department:", "joint:", "joint:nowhere+service", "everything", ""]
)
def test_an_unknown_scope_is_refused_to_everyone(role, scope):
    assert not access.may_see_figures(EVERYONE[role], scope, TREE)
    assert not access.may_see_pay(EVERYONE[role], scope, TREE)


def test_a_department_whose_name_begins_alike_is_not_below():
    assert not access.may_see_figures(HEAD, "department:service_desk", TREE)


def test_a_joint_figure_is_for_whoever_holds_a_part_of_it():
    assert access.may_see_figures(HEAD, "joint:service+it", TREE)
    assert access.may_see_figures(EMPLOYEE, "joint:chat+it", TREE)
    assert not access.may_see_figures(EMPLOYEE, "joint:service+it", TREE)


@roles
@pytest.mark.parametrize("person", ["p_lotte", "p_other"])
def test_nobody_sees_individual_figures_without_an_agreement(role, person):
    assert not access.may_see_figures(EVERYONE[role], f"person:{person}", TREE, manager="p_anna")


@roles
@pytest.mark.parametrize("managers", [False, True])
def test_individual_figures_are_for_oneself_and_the_manager_only_if_agreed(role, managers):
    viewer = EVERYONE[role]
    decided = access.may_see_figures(viewer, "person:p_lotte", TREE, manager="p_anna", agreement=Agreement(managers))
    assert bool(decided) == (role == "employee" or (role == "head" and managers))


def test_someone_outside_the_data_is_nobody_s_manager():
    assert not access.may_see_figures(STRANGER, "person:p_lotte", TREE, manager=None, agreement=Agreement(True))


@roles
def test_sums_of_pay_are_for_leaders_hr_and_the_head_of_all_of_it(role):
    scopes = ALL | {"joint:service+it", "joint:service+chat"}
    seen = {scope for scope in scopes if access.may_see_pay(EVERYONE[role], scope, TREE)}
    wanted = PAY[role] | ({"joint:service+chat"} if role in ("leader", "hr") else set())
    assert seen == wanted


@pytest.mark.parametrize(
    ("role", "other"), [*itertools.product(EVERYONE, ["p_lotte", "p_anna", "p_hr", "p_other", ""])]
)
def test_amounts_of_one_person_are_for_that_person_and_hr(role, other):
    viewer = EVERYONE[role]
    decided = access.may_see_pay(viewer, f"person:{other}", TREE)
    assert bool(decided) == (role == "hr" or viewer.person == other)


@roles
def test_everyone_lands_on_a_page_they_may_see(role):
    start = access.landing(EVERYONE[role])
    expected = {"leader": "review", "hr": "review", "steward": "review", "head": "department", "employee": "me"}
    expected["approver"] = "payout"
    assert start == expected.get(role)


def test_roles_are_read_from_settings_the_tree_and_the_person():
    given = {"leader": ["Anna@Brightwater.example"], "hr": ["h@brightwater.example"]}
    anna = access.viewer_of("p_anna", "Anna", "anna@brightwater.example", given, TREE, ["service"])
    assert anna.roles == {"leader", "head", "employee"}
    assert anna.heads == {"service"}
    outside = access.viewer_of(None, "Hanna", "h@brightwater.example", given, TREE, [])
    assert outside.roles == {"hr"}
    assert outside.heads == frozenset()


def test_no_role_is_given_for_an_empty_address_or_an_unheaded_department():
    viewer = access.viewer_of(None, "Nobody", "", {"leader": []}, TREE, [])
    assert viewer.roles == frozenset()


def test_two_viewers_who_may_see_different_things_never_share_a_cache_key():
    keys = [viewer.scope for viewer in EVERYONE.values()]
    assert len(set(keys)) == len(keys)
    other = Viewer("p_lotte", "Lotte", frozenset({"employee"}), departments=frozenset({"it"}))
    assert other.scope != EMPLOYEE.scope


def test_decisions_read_as_yes_and_no():
    assert Allowed()
    assert not Refused("why", "whom")


def test_amounts_of_a_run_are_for_hr_and_the_one_who_was_asked_to_approve_it():
    assert access.may_see_run(HR, asked=False, paid=True)
    assert access.may_see_run(APPROVER, asked=True, paid=False)
    for viewer in (LEADER, HEAD, STEWARD, APPROVER):
        assert not access.may_see_run(viewer, asked=False, paid=False)
    own = access.may_see_run(HEAD, asked=True, paid=True)
    assert isinstance(own, Refused)
    assert own.reason == "You are paid by this run; someone else approves it."


def test_somebody_outside_lands_on_the_run_they_approve():
    assert access.landing(APPROVER) == "payout"
