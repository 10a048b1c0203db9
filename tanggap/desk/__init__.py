"""The desk at the PC: every decision of the team's chat, in a terminal, under a personal PIN.

It shows the chat's own views and calls the very functions that a tap calls. What follows from a
decision (cards, replies) is done by the running processes, which find it in the database.
"""
