"""Diffusion models as instruments: conversions, integrand, sampler, tiny pipelines."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.predictions import KINDS, noise_from_prediction
from minde.diffusion.roles import conditional
from minde.diffusion.schedule import VPSchedule
from minde.errors import ConfigError, InputError
from minde.prompts.generate import Switch, generate, make_scheduler
from minde.prompts.integrand import integrand, time_grid
from minde.prompts.labelled import LabelledModel, indicators
from minde.prompts.model import draws
from minde.prompts.text_to_image import TextToImage, load_text_to_image
from minde.recipe import make_recipe
from tests.trainers import fit

STEPS, RHO = 1000, 0.9


class GaussianModel:
    """X = rho y + noise in one dimension, with exact scores: everything is known."""

    shape, device = (1,), torch.device("cpu")

    def __init__(self):
        times = (torch.arange(STEPS, dtype=torch.float64) + 1.0) / STEPS
        self.times = times
        self.alphas_cumprod = VPSchedule().alpha(times) ** 2

    def embed(self, prompts):
        return torch.tensor([[float(p)] for p in prompts])

    def noise(self, x, step, condition):
        alpha2 = float(self.alphas_cumprod[step])
        variance = 1.0 if condition is None else 1.0 - RHO**2
        mean = 0.0 if condition is None else RHO * condition
        return (1 - alpha2) ** 0.5 * (x - alpha2**0.5 * mean) / (alpha2 * variance + 1 - alpha2)

    def images(self, latents):
        return latents[:, None, None, :]


def pairs(n):
    y = torch.randn(n, generator=torch.Generator().manual_seed(0))
    e = torch.randn(n, 1, generator=torch.Generator().manual_seed(1))
    return RHO * y[:, None] + (1 - RHO**2) ** 0.5 * e, [f"{v:.6f}" for v in y.tolist()]


@pytest.mark.parametrize("readout", ["inside", "outside", "gap"])
def test_the_whole_integral_is_the_mutual_information(readout):
    n = 2000
    latents, prompts = pairs(n)
    found = integrand(GaussianModel(), latents, prompts, 200)
    ends = found.remaining(readout)[:, -1]
    truth = -0.5 * math.log(1 - RHO**2)
    # Four standard errors; Simpson's rule on 200 times is good to 1e-3.
    assert ends.mean() == pytest.approx(truth, abs=4 * ends.std() / math.sqrt(n) + 1e-3)


def test_what_is_left_at_each_time_is_the_closed_form():
    n = 4000
    latents, prompts = pairs(n)
    model = GaussianModel()
    found = integrand(model, latents, prompts, 200)
    alpha2 = 1.0 / (1.0 + np.exp(-found.log_snr))
    # I(X_0; Y | X_t) = I(X_0; Y) - I(X_t; Y), Eq. 28.
    left = -0.5 * math.log(1 - RHO**2) + 0.5 * np.log(1 - alpha2 * RHO**2)
    curves = found.remaining()
    error = np.abs(curves.mean(axis=0) - left)
    assert np.all(error <= 4 * curves.std(axis=0) / math.sqrt(n) + 1e-3)
    assert found.tau[0] == pytest.approx(1 / STEPS)
    assert found.tau[-1] == 1.0
    assert np.all(np.diff(curves.mean(axis=0)) > 0.0)


def test_the_weight_is_that_of_the_sde():
    r"""d lambda = -g^2 / sigma^2 dt, by finite differences of the VP schedule."""
    schedule = VPSchedule()
    t = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
    h = 1e-6
    slope = (schedule.log_snr(t + h) - schedule.log_snr(t - h)) / (2 * h)
    torch.testing.assert_close(-slope, schedule.g2(t) / schedule.sigma(t) ** 2, rtol=1e-5, atol=0)


def test_chunks_give_what_all_at_once_gives():
    latents, prompts = pairs(10)
    model = GaussianModel()
    whole = integrand(model, latents, prompts, 10)
    parts = [
        integrand(model, latents[lo : lo + 4], prompts[lo : lo + 4], 10, first_row=lo)
        for lo in (0, 4, 8)
    ]
    for name, values in whole.values.items():
        np.testing.assert_array_equal(values, np.concatenate([p.values[name] for p in parts]))
    made = generate(model, prompts, 10)
    again = torch.cat([generate(model, prompts[lo : lo + 4], 10, first_row=lo) for lo in (0, 4, 8)])
    assert torch.equal(made, again)


@pytest.mark.parametrize("eta", [0.0, pytest.param(1.0, marks=pytest.mark.slow)])
def test_samples_have_the_conditional_moments(eta):
    n = 4000
    made = generate(GaussianModel(), ["1.0"] * n, 250, eta=eta)[:, 0].double()
    deviation = math.sqrt(1 - RHO**2)
    # Four standard errors, and 2% for 250 steps in place of infinitely many.
    assert made.mean().item() == pytest.approx(RHO, abs=4 * deviation / math.sqrt(n) + 0.02)
    assert made.std().item() == pytest.approx(deviation, rel=4 / math.sqrt(2 * n) + 0.02)


def test_a_switch_at_the_start_is_the_second_prompt_and_at_the_end_the_first():
    model, n = GaussianModel(), 200
    first, second = (generate(model, [p] * n, 50, eta=0.0) for p in ("-2.0", "2.0"))

    def switched(at):
        return generate(model, ["-2.0"] * n, 50, eta=0.0, switch=Switch(["2.0"] * n, at))

    assert torch.equal(switched(1.0), second)
    assert torch.equal(switched(0.0), first)
    middle = [switched(at).mean().item() for at in (0.0, 0.2, 0.4, 0.6, 1.0)]
    assert middle == sorted(middle)


def test_guidance_moves_samples_further_the_way_of_the_prompt():
    model, n = GaussianModel(), 500
    means = [
        generate(model, ["1.0"] * n, 50, eta=0.0, guidance=w).mean().item() for w in (0.0, 1.0, 3.0)
    ]
    assert means[0] == pytest.approx(0.0, abs=4 / math.sqrt(n))  # no prompt at all
    assert means[0] < means[1] < means[2]


@pytest.mark.parametrize("kind", KINDS)
def test_every_prediction_converts_to_the_noise_it_was_made_from(kind):
    g = torch.Generator().manual_seed(0)
    x0, eps = torch.randn(2, 5, 3, generator=g, dtype=torch.float64)
    for alpha, sigma in ((0.6, 0.8), (1.0, 7.0)):  # preserving, exploding
        a, s = torch.tensor(alpha), torch.tensor(sigma)
        x = alpha * x0 + sigma * eps
        velocity = alpha * eps - sigma * x0
        made = {"epsilon": eps, "v_prediction": velocity, "sample": x0, "score": -eps / sigma}
        torch.testing.assert_close(noise_from_prediction(made[kind], x, a, s, kind), eps)


def test_mistakes_are_one_clear_line():
    model = GaussianModel()
    with pytest.raises(ConfigError, match="cannot convert a prediction of type 'flow'"):
        noise_from_prediction(*torch.zeros(4, 1), "flow")
    with pytest.raises(ConfigError, match="between 3 and the model's 1000"):
        time_grid(model, 2000)
    with pytest.raises(ConfigError, match="steps must lie between 1"):
        make_scheduler(model, 1001)
    with pytest.raises(ConfigError, match="2 latents but 1 prompts"):
        integrand(model, torch.zeros(2, 1), ["0"], 3)


@pytest.fixture(scope="module")
def labelled():
    """An untrained ensemble whose blend is the exact Gaussian of latents shifted by their label."""
    rng = np.random.default_rng(0)
    y = indicators(rng.integers(0, 3, 3000).tolist(), 3).numpy()
    x = rng.normal(size=(3000, 2)) + y[:, :1]
    options = {"preprocessing": "none", "n_steps": 32, "width": 16, "batch_size": 64}
    recipe = make_recipe("fast", "c", 4, **options)
    ensemble = fit([np.concatenate([x, y], 1)], conditional(2, 2), recipe, [0])
    return LabelledModel(ensemble, lambda z: z[:, None, :])


def test_an_ensemble_is_a_conditional_model(labelled):
    assert (labelled.shape, labelled.classes) == ((2,), 3)
    x = torch.randn(3, 2)
    plain = labelled.noise(x, 500, None)
    given = labelled.noise(x, 500, labelled.embed(["0", "1", "2"]))
    assert plain.shape == given.shape == (3, 2)
    # The first class is where all indicators are zero, and yet not the same as no label.
    assert not torch.equal(plain[0], given[0])
    # Its steps are those of the continuous schedule at tau = (k + 1) / T.
    alpha = VPSchedule().alpha(torch.tensor([0.001, 1.0], dtype=torch.float64))
    torch.testing.assert_close(labelled.alphas_cumprod[[0, -1]], alpha**2)
    with pytest.raises(InputError, match="'7' is not a label; labels are 0 to 2"):
        labelled.embed(["7"])


def test_a_preprocessed_ensemble_is_refused(labelled):
    rng = np.random.default_rng(0)
    recipe = make_recipe("fast", "c", 2, n_steps=1, width=16, batch_size=32)
    ensemble = fit([rng.normal(size=(100, 2))], conditional(1, 1), recipe, [0])
    with pytest.raises(InputError, match="preprocessing 'none'"):
        LabelledModel(ensemble, lambda z: z)


def test_a_blended_ensemble_is_the_gaussian_it_was_blended_with(labelled):
    """Where the blend's weight is one, noise() must be GaussianNoise at t = tau."""
    blended = labelled._model
    exact: GaussianNoise = blended.experts[0]
    # Errors of the network alone: all weight goes to the Gaussian.
    products = torch.zeros_like(blended.blend.products)
    products[..., 0, 0] = 1.0
    blend = replace(blended.blend, products=products)
    whole = type(blended)(blended.network, [exact, *blended.experts[1:]], blend)
    model = object.__new__(LabelledModel)
    model.__dict__ |= labelled.__dict__ | {"_model": whole}
    x, y = torch.randn(4, 2), labelled.embed(["2", "1", "0", "0"])
    t = torch.full((1, 4), 0.3)
    expected = exact(torch.cat([x, y], 1)[None], 1, t)[0]
    torch.testing.assert_close(model.noise(x, 299, y), expected, rtol=1e-4, atol=1e-5)


@pytest.fixture(scope="module", params=["epsilon", "v_prediction"])
def pipeline(request, tmp_path_factory):
    """A randomly initialised Stable Diffusion of a few thousand weights."""
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline
    from diffusers import UNet2DConditionModel as UNet
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    folder = tmp_path_factory.mktemp("tokenizer")
    letters = [chr(c) for c in range(97, 123)]
    words = [*letters, *(f"{c}</w>" for c in letters), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({w: k for k, w in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=16
    )
    torch.manual_seed(0)
    unet = UNet(
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        attention_head_dim=4,
        norm_num_groups=4,
    )
    vae = AutoencoderKL(block_out_channels=(8,), norm_num_groups=4, sample_size=8)
    text = CLIPTextModel(
        CLIPTextConfig(
            hidden_size=16,
            intermediate_size=32,
            num_attention_heads=2,
            num_hidden_layers=2,
            vocab_size=len(words),
            max_position_embeddings=16,
            bos_token_id=len(words) - 2,
            eos_token_id=len(words) - 1,
        )
    )
    scheduler = DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type=request.param,
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )
    pipe = StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


PROMPTS = ["a red cat", "two dogs", "rain"]


def test_a_diffusers_pipeline_agrees_with_a_naive_loop(pipeline):
    model = TextToImage(pipeline)
    latents = generate(model, PROMPTS, 5)
    assert latents.shape == (3, 4, 8, 8)
    found = integrand(model, latents, PROMPTS, 7)
    grid = [round(k * 999 / 6) for k in range(7)]
    scheduler, unet = pipeline.scheduler, pipeline.unet
    with torch.no_grad():
        empty = pipeline.encode_prompt([""], "cpu", 1, False)[0]
        for row, prompt in enumerate(PROMPTS):
            text = pipeline.encode_prompt([prompt], "cpu", 1, False)[0]
            for column, step in enumerate(grid):
                eps = draws((4, 8, 8), 0, [row], "integrand", step)
                at = torch.tensor([step])
                x = scheduler.add_noise(latents[row : row + 1], eps, at)
                out = [unet(x, step, encoder_hidden_states=e).sample for e in (empty, text)]
                a = float(scheduler.alphas_cumprod[step])
                # What differs is the prediction; a velocity's difference counts alpha^2 of it.
                factor = a if scheduler.config.prediction_type == "v_prediction" else 1.0
                expected = 0.5 * factor * float((out[0] - out[1]).square().sum())
                assert found.values["inside"][row, column] == pytest.approx(expected, rel=1e-4)
                if scheduler.config.prediction_type == "epsilon":
                    gap = [(eps - o).square().sum() for o in out]
                    expected = 0.5 * float(gap[0] - gap[1])
                    assert found.values["gap"][row, column] == pytest.approx(expected, abs=1e-3)


def test_generation_agrees_with_the_pipelines_own(pipeline):
    from diffusers import DDIMScheduler

    model = TextToImage(pipeline)
    mine = generate(model, PROMPTS, 10, eta=0.0)
    start = draws((4, 8, 8), 0, range(3), "first")
    theirs = DDIMScheduler.from_config(
        pipeline.scheduler.config, timestep_spacing="trailing", set_alpha_to_one=True
    )
    pipeline.scheduler, kept = theirs, pipeline.scheduler
    try:
        latents = pipeline(
            PROMPTS, num_inference_steps=10, guidance_scale=1.0, latents=start, output_type="latent"
        ).images
    finally:
        pipeline.scheduler = kept
    torch.testing.assert_close(mine, latents, rtol=1e-3, atol=1e-4)
    images = model.images(mine)
    assert images.shape == (3, 8, 8, 3)
    assert 0.0 <= float(images.min()) <= float(images.max()) <= 1.0


def test_weights_that_cannot_be_had_are_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match="cannot load the weights of") as caught:
        load_text_to_image(str(tmp_path / "none"), "main", torch.device("cpu"))
    assert "\n" not in str(caught.value)


def test_a_pipeline_on_disk_loads(pipeline, tmp_path):
    pipeline.save_pretrained(tmp_path / "tiny")
    loaded = load_text_to_image(str(tmp_path / "tiny"), "", torch.device("cpu"))
    before = TextToImage(pipeline)
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    for condition in (None, before.embed(PROMPTS[:2])):
        torch.testing.assert_close(loaded.noise(x, 400, condition), before.noise(x, 400, condition))
