# Images, autoencoders and their codes as samples of the consistency tests.
# REQUIRED INPUTS: MNIST's files, or none for digits
# OUTPUTS: results/{run}/images.safetensors, results/{run}/codes/{code}.safetensors,
#          results/{run}/samples/{consistency,pixels}/{task}/nall-seed{seed}.parquet


# On a cluster the images are read, or fetched, where Snakemake runs: nodes may have no network.
localrules:
    prepare_images,


rule prepare_images:
    """Read the images, fetch them if that is asked for, and check that they are whole."""
    output:
        f"{R}/images.safetensors",
    log:
        f"{R}/logs/prepare_images.log",
    benchmark:
        f"{R}/benchmarks/prepare_images.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        dataset=CONSISTENCY["dataset"],
        root=CONSISTENCY["root"],
        download=CONSISTENCY["download"],
        digest=DIGEST["images"],
    script:
        "../scripts/prepare_images.py"


rule train_code:
    """Train the autoencoder of images with some rows kept; resumes from its checkpoint."""
    input:
        rules.prepare_images.output,
    output:
        f"{R}/codes/{{code}}.safetensors",
    log:
        f"{R}/logs/train_code/{{code}}.log",
    benchmark:
        f"{R}/benchmarks/train_code/{{code}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=code_runtime,
    params:
        options=code_options,
        checkpoint=f"{R}/checkpoints/code-{{code}}.safetensors",
        digest=DIGEST["images"],
    script:
        "../scripts/train_code.py"


rule sample_codes:
    """Standardised codes of a test's images as a sample file."""
    input:
        images=rules.prepare_images.output,
        codes=task_codes,
    output:
        f"{R}/samples/consistency/{{task}}/nall-seed{{seed}}.parquet",
    log:
        f"{R}/logs/sample_codes/{{task}}/seed{{seed}}.log",
    benchmark:
        f"{R}/benchmarks/sample_codes/{{task}}/seed{{seed}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        latent_noise=CONSISTENCY["latent_noise"],
        pairings=task_pairings,
        digest=DIGEST["images"],
    script:
        "../scripts/sample_codes.py"


rule sample_pixels:
    """The images of a test themselves as a sample file, for estimators that take images."""
    input:
        rules.prepare_images.output,
    output:
        f"{R}/samples/pixels/{{task}}/nall-seed{{seed}}.parquet",
    log:
        f"{R}/logs/sample_pixels/{{task}}/seed{{seed}}.log",
    benchmark:
        f"{R}/benchmarks/sample_pixels/{{task}}/seed{{seed}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=8000,
        runtime=20,
    params:
        digest=DIGEST["images"],
    script:
        "../scripts/sample_pixels.py"
