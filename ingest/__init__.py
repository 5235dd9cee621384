"""From a FAQ that people edit to a published index."""
