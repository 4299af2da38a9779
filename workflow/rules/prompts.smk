# What a prompt tells of an image, by a conditional diffusion model (Figures 9 and 10).
# REQUIRED INPUTS: images and the code `labels` for a model of our own; weights for diffusers
# OUTPUTS: results/{run}/prompts/{prompts.txt,latents.safetensors,integrand.parquet,switch.safetensors},
#          results/{run}/{tables,figures}/*


use rule job as list_prompts with:
    """The prompts, one per line: labels in turn, or the lines of a file in turn."""
    output:
        prompts=f"{R}/prompts/prompts.txt",
    log:
        f"{R}/logs/list_prompts.log",
    benchmark:
        f"{R}/benchmarks/list_prompts.tsv"
    localrule: True
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        stage=stage("minde.experiments.prompts.model.list_prompts"),
        source=PROMPTS["source"],
        file=PROMPTS["file"],
        n=PROMPTS["n"],
        classes=10,


use rule job as sample_labelled with:
    """Codes of the images and their labels as a sample file."""
    input:
        images=rules.prepare_images.output.images,
        code=f"{R}/codes/labels.safetensors",
    output:
        samples=f"{R}/samples/prompts/labels/nall-seed0.parquet",
    log:
        f"{R}/logs/sample_labelled.log",
    benchmark:
        f"{R}/benchmarks/sample_labelled.tsv"
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        stage=stage("minde.experiments.prompts.model.sample_labelled"),


use rule job as generate_prompts with:
    """A latent of every prompt; goes on with the next chunk after a kill."""
    input:
        PROMPT_FILES,
        prompts=rules.list_prompts.output.prompts,
    output:
        latents=f"{R}/prompts/latents.safetensors",
    log:
        f"{R}/logs/generate_prompts.log",
    benchmark:
        f"{R}/benchmarks/generate_prompts.tsv"
    resources:
        gpu=1,
        mem_mb=asks(prompting, "memory_mb"),
        runtime=asks(prompting, "minutes"),
    params:
        stage=stage("minde.experiments.prompts.stages.generate_prompts"),
        model=prompt_model,
        steps=PROMPTS["steps"],
        guidance=PROMPTS["guidance"],
        chunk=PROMPTS["chunk"],
        checkpoint="../checkpoints/prompts-latents.safetensors",


use rule job as prompt_integrand with:
    """The integrand of Eq. 29 on a grid of times; goes on with the next chunk after a kill."""
    input:
        PROMPT_FILES,
        latents=rules.generate_prompts.output.latents,
    output:
        curves=f"{R}/prompts/integrand.parquet",
    log:
        f"{R}/logs/prompt_integrand.log",
    benchmark:
        f"{R}/benchmarks/prompt_integrand.tsv"
    resources:
        gpu=1,
        mem_mb=asks(prompting, "memory_mb"),
        runtime=asks(prompting, "minutes"),
    params:
        stage=stage("minde.experiments.prompts.stages.prompt_integrand"),
        model=prompt_model,
        times=PROMPTS["times"],
        sigma_ref=PROMPTS["sigma_ref"],
        chunk=PROMPTS["chunk"],
        checkpoint="../checkpoints/prompts-integrand.safetensors",


use rule job as switch_prompts with:
    """Images whose prompt is switched on the way, and what a classifier sees in them."""
    input:
        PROMPT_FILES,
        images=rules.prepare_images.output.images if PROMPT_FILES else [],
    output:
        pictures=f"{R}/prompts/switch.safetensors",
    log:
        f"{R}/logs/switch_prompts.log",
    benchmark:
        f"{R}/benchmarks/switch_prompts.tsv"
    resources:
        gpu=1,
        mem_mb=asks(prompting, "memory_mb"),
        runtime=asks(prompting, "minutes"),
    params:
        stage=stage("minde.experiments.prompts.switch.switch_prompts"),
        model=prompt_model,
        steps=PROMPTS["steps"],
        switch=PROMPTS["switch"],
        checkpoint="../checkpoints/prompts-switch.safetensors",


use rule table as prompts_table with:
    """The curves of Figure 9 and the shares of Figure 10 as tables."""
    input:
        curves=rules.prompt_integrand.output.curves,
        switch=rules.switch_prompts.output.pictures,
    output:
        **table("prompts"),
    log:
        f"{R}/logs/prompts_table.log",
    benchmark:
        f"{R}/benchmarks/prompts_table.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.prompts.tables.prompts_table"),


use rule figure as plot_prompts with:
    """What a prompt still tells of the image at each time (Figure 9)."""
    input:
        curves=rules.prompt_integrand.output.curves,
    output:
        figures=figure("prompts"),
    log:
        f"{R}/logs/plot_prompts.log",
    benchmark:
        f"{R}/benchmarks/plot_prompts.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.prompts.figures.plot_prompts"),


use rule figure as plot_switch with:
    """Images whose prompt is switched on the way (Figure 10)."""
    input:
        switch=rules.switch_prompts.output.pictures,
        curves=rules.prompt_integrand.output.curves,
    output:
        figures=figure("switch"),
    log:
        f"{R}/logs/plot_switch.log",
    benchmark:
        f"{R}/benchmarks/plot_switch.tsv"
    localrule: True
    params:
        stage=stage("minde.experiments.prompts.figures.plot_switch"),
