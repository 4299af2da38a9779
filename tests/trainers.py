"""A trainer of small networks on correlated pairs."""

import torch

from minde.diffusion.denoiser import Precondition
from minde.diffusion.roles import conditional
from minde.diffusion.schedule import VPSchedule
from minde.recipe import make_recipe
from minde.training.batches import BatchStream
from minde.training.job import make_network
from minde.training.stack import Member
from minde.training.trainer import Trainer
from tests.conftest import gaussian_pair


def make_trainer(recipe_name, seeds, make=conditional, checkpoint=None, data=None, **overrides):
    family = make(2, 2)
    recipe = make_recipe(recipe_name, family.name, 4, **{"n_steps": 48, "width": 16} | overrides)
    schedule = VPSchedule()
    if data is None:
        data = torch.stack([gaussian_pair(2, 0.7, 600, 100 + s)[0] for s in seeds])
    cov = data.mT @ data / data.shape[1]
    precondition = Precondition(recipe.precondition, family, schedule, cov)
    stream = BatchStream(data, family, recipe, schedule, precondition, seeds)
    return Trainer([Member(make_network(family, recipe), stream)], recipe, checkpoint)
