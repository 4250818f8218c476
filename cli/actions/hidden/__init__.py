"""Actions of commands that pycman starts itself (`pycman __complete`, `__supervise`, …); users never type them."""
