"""The subcommands about activations: list them, check them, start a new one."""
