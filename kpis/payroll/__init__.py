"""What leaves for payroll and finance and what comes back: mapped files, what was paid, accruals, another sheet's amounts."""
