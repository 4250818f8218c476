"""Why a container did not start, ended or restarts: its row, its events, its log and its image are asked, never the runtime's wording."""
