"""Reference networks of the papers, and the data they are measured on.

```python
from tfprune import models

data = models.data.load("digits")
model = models.get("residual_cnn")(input_shape=data.input_shape)
```
"""

from tfprune.models import data
from tfprune.models.binary_mlp import binary_mlp
from tfprune.models.builders import MODELS, get, names
from tfprune.models.lenet_5 import lenet_5
from tfprune.models.lenet_300_100 import lenet_300_100
from tfprune.models.mobilenet_v2 import mobilenet_v2
from tfprune.models.residual_cnn import residual_cnn
from tfprune.models.resnet_20 import resnet_20
from tfprune.models.vgg import vgg
from tfprune.models.xnor_lenet import xnor_lenet

__all__ = [
    "MODELS",
    "binary_mlp",
    "data",
    "get",
    "lenet_300_100",
    "lenet_5",
    "mobilenet_v2",
    "names",
    "residual_cnn",
    "resnet_20",
    "vgg",
    "xnor_lenet",
]
