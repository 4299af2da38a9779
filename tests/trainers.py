"""Small trainings for tests: prepared jobs of given rows, trainers, and trained ensembles."""

import torch

from minde.diffusion.denoiser import Denoiser
from minde.diffusion.roles import conditional
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.train import train
from minde.recipe import make_recipe
from minde.training.batches import BatchStream
from minde.training.checkpointing import Checkpointing
from minde.training.job import Job
from minde.training.maps import Maps
from minde.training.prepared import PreparedJob, make_network
from minde.training.trainer import Trainer
from tests.conftest import gaussian_pair


def prepared(data, family, recipe, seeds, validation=None, covariance=None):
    """A job of rows (E, N, D) as they are, without transform or hold-out."""
    if covariance is None:
        covariance = data.mT @ data / data.shape[1]
    network = make_network(family, recipe.network)
    denoiser = Denoiser(network, family, recipe.network, VPSchedule(), covariance, data.device)
    streams = [
        None if rows is None else BatchStream(rows, denoiser, recipe.training, seeds)
        for rows in (data, validation)
    ]
    mean = torch.zeros_like(data[:, 0])
    return PreparedJob(
        family, recipe, denoiser, Maps([], VPSchedule()), mean, covariance, data, *streams
    )


def kept_in(path, **options):
    """Progress kept in a file, or none."""
    return None if path is None else Checkpointing(path, **options)


def make_trainer(recipe_name, seeds, make=conditional, checkpoint=None, data=None, **overrides):
    family = make(2, 2)
    recipe = make_recipe(recipe_name, family.name, 4, **{"n_steps": 48, "width": 16} | overrides)
    if data is None:
        data = torch.stack([gaussian_pair(2, 0.7, 600, 100 + s)[0] for s in seeds])
    return Trainer([prepared(data, family, recipe, seeds)], kept_in(checkpoint))


def fit(samples, family, recipe, seeds, device="cpu", **options):
    """One trained ensemble."""
    return train([Job(samples, family, recipe, seeds)], device, **options)[0]
