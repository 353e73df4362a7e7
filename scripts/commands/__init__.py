"""The nouns and verbs of `ortaq`: what each takes, and the examples its help shows. The work is done elsewhere."""
