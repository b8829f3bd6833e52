"""The command line: arguments, and what each command shows. Heavy modules are imported where they are needed."""
