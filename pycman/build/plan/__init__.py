"""The plan of a build: which stages are needed, in which order, and what each step does, with everything expanded.

Pure: what it must know of the world (configs of base images, platforms, names of contexts) its caller tells it.

    values      Origin, the kinds of Step, Stage, BuildPlan

"""
