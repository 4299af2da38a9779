# Self-consistency on images (Figure 2): images, autoencoders and their codes, tables and figures.
# REQUIRED INPUTS: MNIST's files, or none for digits
# OUTPUTS: results/{run}/images.safetensors, results/{run}/codes/{code}.safetensors,
#          results/{run}/samples/{consistency,pixels}/{task}/nall-seed{seed}.parquet,
#          results/{run}/{tables,figures}/*


# Run where Snakemake runs: nodes may have no network to fetch images by.
use rule job as prepare_images with:
    """Read the images, fetch them if that is asked for, and check that they are whole."""
    output:
        images=f"{R}/images.safetensors",
    log:
        f"{R}/logs/prepare_images.log",
    benchmark:
        f"{R}/benchmarks/prepare_images.tsv"
    localrule: True
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        stage=stage("minde.experiments.consistency.stages.prepare_images"),
        dataset=CONSISTENCY["dataset"],
        root=CONSISTENCY["root"],
        download=CONSISTENCY["download"],


use rule job as train_code with:
    """Train the autoencoder of images with some rows kept; resumes from its checkpoint."""
    input:
        images=rules.prepare_images.output.images,
    output:
        weights=f"{R}/codes/{{code}}.safetensors",
    log:
        f"{R}/logs/train_code/{{code}}.log",
    benchmark:
        f"{R}/benchmarks/train_code/{{code}}.tsv"
    cache: CACHE
    resources:
        mem_mb=4000,
        runtime=asks(code, "minutes"),
    params:
        stage=keyed(
            stage("minde.experiments.consistency.stages.train_code"), "numpy", "torch"
        ),
        options=code_options,
        checkpoint="../checkpoints/code-{code}.safetensors",


share(rules.train_code)


use rule job as sample_codes with:
    """Standardised codes of a test's images as a sample file."""
    input:
        images=rules.prepare_images.output.images,
        codes=task_codes,
    output:
        samples=f"{R}/samples/consistency/{{task}}/nall-seed{{seed}}.parquet",
    log:
        f"{R}/logs/sample_codes/{{task}}/seed{{seed}}.log",
    benchmark:
        f"{R}/benchmarks/sample_codes/{{task}}/seed{{seed}}.tsv"
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        stage=stage("minde.experiments.consistency.samples.sample_codes"),
        latent_noise=CONSISTENCY["latent_noise"],
        pairings=task_pairings,


use rule job as sample_pixels with:
    """The images of a test themselves as a sample file, for estimators that take images."""
    input:
        images=rules.prepare_images.output.images,
    output:
        samples=f"{R}/samples/pixels/{{task}}/nall-seed{{seed}}.parquet",
    log:
        f"{R}/logs/sample_pixels/{{task}}/seed{{seed}}.log",
    benchmark:
        f"{R}/benchmarks/sample_pixels/{{task}}/seed{{seed}}.tsv"
    resources:
        mem_mb=8000,
        runtime=20,
    params:
        stage=stage("minde.experiments.consistency.samples.sample_pixels"),


use rule table as consistency_table with:
    """Ratios of Figure 2: mean and spread over seeds."""
    input:
        estimates=f"{SHOWN}/tables/consistency_estimates.parquet",
    output:
        **table("consistency"),
    log:
        f"{SHOWN}/logs/consistency_table.log",
    benchmark:
        f"{SHOWN}/benchmarks/consistency_table.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.consistency.tables.consistency_table"),


use rule table as noise_table with:
    """Figure 2's ratios against noise on the codes, from the integrands of ours."""
    input:
        estimates=f"{SHOWN}/tables/consistency_estimates.parquet",
    output:
        csv=f"{SHOWN}/tables/consistency_noise.csv",
    log:
        f"{SHOWN}/logs/noise_table.log",
    benchmark:
        f"{SHOWN}/benchmarks/noise_table.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.consistency.noise.noise_table"),


use rule table as codes_table with:
    """Reconstruction error of every autoencoder."""
    input:
        codes=code_files(CODES),
    output:
        **table("codes"),
    log:
        f"{R}/logs/codes_table.log",
    benchmark:
        f"{R}/benchmarks/codes_table.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.consistency.codes.codes_table"),


use rule figure as plot_consistency with:
    """Self-consistency tests on images (Figure 2)."""
    input:
        estimates=f"{SHOWN}/tables/consistency_estimates.parquet",
    output:
        figures=figure("consistency"),
    log:
        f"{SHOWN}/logs/plot_consistency.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_consistency.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.consistency.figures.plot_consistency"),


use rule figure as plot_noise with:
    """Figure 2's ratios against noise on the codes."""
    input:
        table=rules.noise_table.output.csv,
    output:
        figures=figure("consistency_noise"),
    log:
        f"{SHOWN}/logs/plot_noise.log",
    benchmark:
        f"{SHOWN}/benchmarks/plot_noise.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.consistency.figures.plot_noise"),


use rule figure as plot_reconstructions with:
    """Images with rows kept, and what their autoencoder brings back."""
    input:
        images=rules.prepare_images.output.images,
        codes=code_files(CODES),
    output:
        figures=figure("reconstructions"),
    log:
        f"{R}/logs/plot_reconstructions.log",
    benchmark:
        f"{R}/benchmarks/plot_reconstructions.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.consistency.images.plot_reconstructions"),


use rule figure as plot_traversal with:
    """What each coordinate of the full images' code does."""
    input:
        code=f"{R}/codes/full.safetensors",
    output:
        figures=figure("traversal"),
    log:
        f"{R}/logs/plot_traversal.log",
    benchmark:
        f"{R}/benchmarks/plot_traversal.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.consistency.images.plot_traversal"),
