"""kube play --build: images of directories that have their names."""

from __future__ import annotations

from tests.kube.test_play import write

POD = """
    apiVersion: v1
    kind: Pod
    metadata: {name: made}
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 0
      containers:
      - name: main
        image: shown:3
        imagePullPolicy: Never
        command: [cat, /a]
"""


def test_images_are_built_of_directories_with_their_names(root_pycman, tmp_path) -> None:
    folder = tmp_path / "here" / "shown"
    folder.mkdir(parents=True)
    (folder / "Containerfile").write_text("FROM localhost/busybox:1\nCOPY a /a\n")
    (folder / "a").write_text("one")
    pod = write(root_pycman, POD)
    here = ("--context-dir", str(folder.parent))
    assert "it only works with --build" in root_pycman.fails("kube", "play", *here, pod, status=125)
    for text in ("one", "two"):  # built also if it is there
        (folder / "a").write_text(text)
        root_pycman("kube", "play", "--build", *here, pod)
        root_pycman("wait", "made-main")
        assert root_pycman("logs", "made-main") == text
        root_pycman("kube", "down", pod)
    root_pycman("image", "exists", "localhost/shown:3")
    root_pycman("rmi", "shown:3")
    assert "shown:3" in root_pycman.fails("kube", "play", "--build=false", pod, status=125)
