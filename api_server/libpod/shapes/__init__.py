"""Values of the engine as podman's JSON: the types of its pkg/domain/entities, which its clients decode strictly. Pure."""
