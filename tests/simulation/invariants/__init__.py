"""What must hold after every step. Each check is a function that asserts, and nothing else."""
