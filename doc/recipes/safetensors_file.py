"""The numbers of a trained sampler in a safetensors file, and a network from it."""

from safetensors.torch import load_file

from skdiffts import DiffusionResidualSampler
from skdiffts.datasets import make_van_der_pol
from skdiffts.integrations import save_safetensors

X = make_van_der_pol(n_rows=400, random_state=0)[0]
sampler = DiffusionResidualSampler(max_iter=100, early_stopping=False).fit(X)
save_safetensors(sampler, "sampler.safetensors")
tensors = load_file("sampler.safetensors")
network = {
    name.removeprefix("module."): tensor
    for name, tensor in tensors.items()
    if name.startswith("module.")
}
sampler.module_.load_state_dict(network)
