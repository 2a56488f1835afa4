"""The installation that a command is about: a Meltano project, or a file that stands for one."""
