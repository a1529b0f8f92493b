"""The training of an adapter, in a process of its own and of low importance: torch, transformers' Trainer, peft."""
