"""`guichet doctor`: looks an installation over and says, in French, what to mend. Changes nothing."""
