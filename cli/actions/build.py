"""build: make an image of a Dockerfile."""

from __future__ import annotations

from cli.main import fail_softly
from cli.output.build_lines import BuildLines
from cli.specs.build import build_options
from pycman.build.outcome import StepFailed
from pycman.errors import from_os_error
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call
    from pycman.build.options import BuildOptions, BuildResult


def run(call: Call) -> int:
    """Build; print what is done and at last the image's id, or with --quiet only the id."""
    options = build_options(call)
    quiet = call.flag("quiet") or call.string("progress") == "quiet"
    to_stdout = any(output.target == "-" for output in options.outputs)
    lines = BuildLines(call, quiet=quiet, on_stderr=to_stdout, logfile=call.string("logfile"))
    options = options.replace(stdout=lines.stdout, stderr=lines.stderr)
    if call.flag("shell-on-error"):
        from cli.error_shell import shell_streams  # only for --shell-on-error

        options = options.replace(shell_streams=shell_streams(lines))
    if to_stdout:
        options = options.replace(output_descriptor=1)
    try:
        result = call.engine.images.build(options, report=lines.report)
    except StepFailed as error:
        lines.failed(error)
        error.facts = {"place": error.place, "step": error.step}  # for the words of the error
        if not call.habits.build_status_of_step:
            raise
        status = fail_softly(error, "build")  # and the status of the RUN
        return error.status or status
    finally:
        lines.close()
    _write_files(call, result, options)
    if call.flag("push"):
        _push(call, result, lines)
    if result.image_id:
        text = call.habits.id_prefix + result.image_id if quiet else result.image_id
        (lines.print if not quiet else call.print)(text)
    return 0


def _push(call: Call, result: BuildResult, lines: BuildLines) -> None:
    """Push the image, or the manifest list of several platforms, by each of its names."""
    from cli.specs.registry import registry_options  # only for --push
    from pycman.images.transfer.push import PushOptions  # only for --push

    for name in result.names:
        report = call.engine.images.push(name, "", PushOptions(**registry_options(call)))
        lines.pushed(f"{report.reference}: digest: {report.digest} size: {report.size_bytes}")


def _write_files(call: Call, result: BuildResult, options: BuildOptions) -> None:
    """Write --iidfile, --iidfile-raw and --metadata-file."""
    image_id = f"sha256:{result.image_id}" if result.image_id else ""
    _write(call, "iidfile", image_id)
    _write(call, "iidfile-raw", result.image_id)
    if not call.string("metadata-file"):
        return
    document: dict[str, object] = {
        "buildx.build.ref": "",
        "containerimage.config.digest": result.config_digest,
        "containerimage.digest": result.manifest_digest,
        "containerimage.descriptor": {
            "mediaType": result.media_type,
            "digest": result.manifest_digest,
            "size": result.size_bytes,
        },
        "image.name": ",".join(result.names),
    }
    if not result.image_id:
        document = {"buildx.build.ref": ""}
    del options
    _write(call, "metadata-file", format_json(document, indent=2) + "\n")


def _write(call: Call, flag: str, text: str) -> None:
    path = call.string(flag)
    if not path:
        return
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise from_os_error(error, subject=f"--{flag} {path}") from error
