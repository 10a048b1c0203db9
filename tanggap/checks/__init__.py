"""What `tanggap doctor` looks at: one function a check, in a module a subject.

A check takes an `Exam` and yields findings in Indonesian, each with its cure and without a word
of a citizen's. It is entered in the table in `tanggap.doctor`.
"""
