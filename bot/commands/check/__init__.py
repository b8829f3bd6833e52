"""`./domovoy check`: the classes that answer residents, judged on a company's own data."""
