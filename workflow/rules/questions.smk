# Questions on the user's own tables.
# REQUIRED INPUTS: the files named in config.datasets
# OUTPUTS: results/{run}/questions/{task}/{question}.*


use rule job as answer_question with:
    """Ask a question of a user's table: its answer as a table, and in words."""
    input:
        table=of("task", DATASETS, "path"),
    output:
        csv=report(
            f"{R}/questions/{{task}}/{{question}}.csv",
            category="Questions",
            subcategory="{task}",
            caption="../report/question.rst",
        ),
        markdown=f"{R}/questions/{{task}}/{{question}}.md",
    log:
        f"{R}/logs/answer_question/{{task}}/{{question}}.log",
    benchmark:
        f"{R}/benchmarks/answer_question/{{task}}/{{question}}.tsv"
    resources:
        gpu=1,
        mem_mb=asks(question, "memory_mb"),
        runtime=asks(question, "minutes"),
    params:
        stage=stage("minde.questions.stages.answer_question"),
        entry=question_entry,


use rule figure as plot_question with:
    """Draw the answer to a question."""
    input:
        csv=rules.answer_question.output.csv,
    output:
        figures=report(
            [
                f"{R}/questions/{{task}}/{{question}}.{ext}"
                for ext in FIGURES["formats"]
            ],
            category="Questions",
            subcategory="{task}",
            caption="../report/question.rst",
        ),
    log:
        f"{R}/logs/plot_question/{{task}}/{{question}}.log",
    benchmark:
        f"{R}/benchmarks/plot_question/{{task}}/{{question}}.tsv"
    localrule: True
    params:
        stage=stage("minde.questions.stages.plot_question"),
        ask=question_word,
