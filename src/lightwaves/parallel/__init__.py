"""Who does the work: ranks of a communicator, threads, a joblib backend; and what was finished before."""
