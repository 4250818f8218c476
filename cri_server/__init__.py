"""The engine as a CRI v1 gRPC server. To come."""
