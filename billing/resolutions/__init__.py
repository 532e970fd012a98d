"""
The ends that tasks about money may have, a file a subject. Each previews its effect in sentences and calls the ordinary verb.

Who may choose which is said by its permission; without one, whoever works on tasks.
"""
