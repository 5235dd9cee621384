"""What staff's console does, without HTTP: the console, its API and the `guichet` command are three doors to it."""
