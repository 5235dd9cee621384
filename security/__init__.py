"""What looks at the product from outside: its dependencies, their licences, advisories, fuzzing of its parsers."""
