# What a prompt tells of an image, by a conditional diffusion model (Figures 9 and 10).
# REQUIRED INPUTS: images and the code `labels` for a model of our own; weights for diffusers
# OUTPUTS: results/{run}/prompts/{prompts.txt,latents.safetensors,integrand.parquet,switch.safetensors}


localrules:
    list_prompts,


rule list_prompts:
    """The prompts, one a line: labels in turn, or the lines of a file in turn."""
    output:
        f"{R}/prompts/prompts.txt",
    log:
        f"{R}/logs/list_prompts.log",
    benchmark:
        f"{R}/benchmarks/list_prompts.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        source=PROMPTS["source"],
        file=PROMPTS["file"],
        n=PROMPTS["n"],
        classes=10,
        digest=DIGEST["prompt_model"],
    script:
        "../scripts/list_prompts.py"


rule sample_labelled:
    """Codes of the images and their labels as a sample file."""
    input:
        images=rules.prepare_images.output[0],
        code=code_path("labels"),
    output:
        f"{R}/samples/prompts/labels/nall-seed0.parquet",
    log:
        f"{R}/logs/sample_labelled.log",
    benchmark:
        f"{R}/benchmarks/sample_labelled.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        digest=DIGEST["prompt_model"],
    script:
        "../scripts/sample_labelled.py"


rule generate_prompts:
    """A latent of every prompt; goes on with the next chunk after a kill."""
    input:
        prompt_model_files(),
        prompts=rules.list_prompts.output[0],
    output:
        f"{R}/prompts/latents.safetensors",
    log:
        f"{R}/logs/generate_prompts.log",
    benchmark:
        f"{R}/benchmarks/generate_prompts.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=prompt_memory,
        runtime=prompt_runtime,
    params:
        model=prompt_model(),
        steps=PROMPTS["steps"],
        guidance=PROMPTS["guidance"],
        chunk=PROMPTS["chunk"],
        checkpoint=f"{R}/checkpoints/prompts-latents.safetensors",
        digest=DIGEST["prompts"],
    script:
        "../scripts/generate_prompts.py"


rule prompt_integrand:
    """The integrand of Eq. 29 on a grid of times; goes on with the next chunk after a kill."""
    input:
        prompt_model_files(),
        latents=rules.generate_prompts.output[0],
    output:
        f"{R}/prompts/integrand.parquet",
    log:
        f"{R}/logs/prompt_integrand.log",
    benchmark:
        f"{R}/benchmarks/prompt_integrand.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=prompt_memory,
        runtime=prompt_runtime,
    params:
        model=prompt_model(),
        times=PROMPTS["times"],
        sigma_ref=PROMPTS["sigma_ref"],
        chunk=PROMPTS["chunk"],
        checkpoint=f"{R}/checkpoints/prompts-integrand.safetensors",
        digest=DIGEST["prompts"],
    script:
        "../scripts/prompt_integrand.py"


rule switch_prompts:
    """Images whose prompt is switched on the way, and what a classifier sees in them."""
    input:
        prompt_model_files(),
        images=prompt_images(),
    output:
        f"{R}/prompts/switch.safetensors",
    log:
        f"{R}/logs/switch_prompts.log",
    benchmark:
        f"{R}/benchmarks/switch_prompts.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=prompt_memory,
        runtime=prompt_runtime,
    params:
        model=prompt_model(),
        steps=PROMPTS["steps"],
        switch=PROMPTS["switch"],
        checkpoint=f"{R}/checkpoints/prompts-switch.safetensors",
        digest=DIGEST["prompt_switch"],
    script:
        "../scripts/switch_prompts.py"


rule prompts_table:
    """The curves of Figure 9 and the shares of Figure 10 as tables."""
    input:
        curves=rules.prompt_integrand.output[0],
        switch=rules.switch_prompts.output[0],
    output:
        csv=f"{R}/tables/prompts.csv",
        md=f"{R}/tables/prompts.md",
    log:
        f"{R}/logs/prompts_table.log",
    benchmark:
        f"{R}/benchmarks/prompts_table.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        digest=DIGEST["prompts_table"],
    script:
        "../scripts/prompts_table.py"


rule plot_prompts:
    """What a prompt still tells of the image at each time (Figure 9)."""
    input:
        rules.prompt_integrand.output,
    output:
        report(
            expand(f"{R}/figures/prompts.{{ext}}", ext=FIGURES["formats"]),
            category="Figures",
            caption="../report/prompts.rst",
        ),
    log:
        f"{R}/logs/plot_prompts.log",
    benchmark:
        f"{R}/benchmarks/plot_prompts.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=FIGURES["style"],
        digest=DIGEST["plot_prompts"],
    script:
        "../scripts/plot_prompts.py"


rule plot_switch:
    """Images whose prompt is switched on the way (Figure 10)."""
    input:
        switch=rules.switch_prompts.output[0],
        curves=rules.prompt_integrand.output[0],
    output:
        report(
            expand(f"{R}/figures/switch.{{ext}}", ext=FIGURES["formats"]),
            category="Figures",
            caption="../report/switch.rst",
        ),
    log:
        f"{R}/logs/plot_switch.log",
    benchmark:
        f"{R}/benchmarks/plot_switch.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=FIGURES["style"],
        digest=DIGEST["plot_prompts"],
    script:
        "../scripts/plot_switch.py"
