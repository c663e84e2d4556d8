"""What annotators say of the same sentences: how far they agree, and how it becomes gold.

``readings`` turns pulled files so that a sentence holds all its readings; ``agreement`` measures, ``adjudication``
decides, ``versions`` says of every file where it comes from.
"""
