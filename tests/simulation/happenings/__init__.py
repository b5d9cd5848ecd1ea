"""What a group does between its evenings. Each happening does one thing, notes it in the diary,
and says False where there is nothing to do it with just now.
"""
