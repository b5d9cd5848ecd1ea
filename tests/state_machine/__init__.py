"""Groups, memberships, meetings, hot seats and commitments as a small model, against the API.

The model knows the rules in their shortest form and nothing of the code. `machine` calls the API at
random, and compares each answer, and after each step all lists, with what the model says.
"""
