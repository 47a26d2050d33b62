"""One file a question: ours and the others' answers, measured by turns in one run. Only rows of one table compare."""
