"""Rows of tickets behind `tickets/service.py`: opening, joining, deadlines, numbers, views."""
