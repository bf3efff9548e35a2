"""Service containers of a job: a container engine, or real embedded servers, behind one protocol."""
