"""The plan of a build: which stages are needed, in which order, and what each step does, with everything expanded.

Pure: what it must know of the world (configs of base images, names of platforms) its caller tells it. `make_plan` in
`plan` is the entrance. In the order of reading; each imports only from files above its own:

    config      config documents of images, and changes of them
    values      Origin, the kinds of step, Stage, BuildPlan: what an executor reads
    options     what was asked for, and what a plan asks its caller
    variables   what $NAME means: ARG, ENV, platforms, proxies
    graph       names of stages, and what a name means
    heads       FROM of every stage, expanded
    history ports sources    texts of `history`; ports of EXPOSE; path, URL or git repository
    evaluate    one instruction → one step
    stages      which stages a target needs, evaluated
    plan        all of it
    keys explain             cache keys of steps; why a key is another one than last time
"""
