"""Past one machine, on a Ray cluster: ingest, batch and evaluation.

    from headrace import Pipeline, RayExecutor

    with Pipeline.open() as rag, RayExecutor("auto", workers=8) as executor:
        rag.ingest(["/shared/docs"], tenant="acme", executor=executor)

ray_executor.py     RayExecutor: workers on a cluster, each with a pipeline of its own
crew.py             the workers: which has least to do, which were lost and came back
worker.py           what runs on the cluster
shipment.py         what a worker needs to open the same pipeline: settings, own code
likeness.py         what must be the same here and there: versions, schema, models
"""
