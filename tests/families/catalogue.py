"""Every family, and how much of it must be open to pruning."""

from collections.abc import Callable
from dataclasses import dataclass

import keras

from tests.families.bert import (
    bert,
    bert_classifier,
    bert_masked,
    bert_reversible,
)
from tests.families.conv_mixer import conv_mixer
from tests.families.conv_next import conv_next
from tests.families.dense_net import dense_net
from tests.families.detector import detector
from tests.families.gan_generator import (
    gan_generator,
    gan_generator_conditional,
)
from tests.families.llama_style import llama_style, llama_style_grouped
from tests.families.mlp_mixer import mlp_mixer, mlp_mixer_batch_norm
from tests.families.mobile_net_v3 import mobile_net_v3
from tests.families.seq2seq import seq2seq, seq2seq_additive, seq2seq_lstm
from tests.families.shuffle_net_v2 import shuffle_net_v2
from tests.families.siamese import siamese, siamese_cosine, siamese_triplet
from tests.families.swin import swin
from tests.families.translator import translator
from tests.families.u_net import u_net, u_net_any_size, u_net_channels_first
from tests.families.vit import (
    vit,
    vit_batch_size,
    vit_without_token,
    vit_written_out,
)
from tests.families.wave_net import wave_net


@dataclass(frozen=True)
class Family:
    """One architecture.

    Attributes:
        build: Builds it at random weights.
        prunable: The least fraction of its channels that must be prunable.
    """

    build: Callable[[], keras.Model]
    prunable: float

    def __str__(self) -> str:
        return self.build.__name__


FAMILIES = {
    str(family): family
    for family in (
        Family(bert, 0.7),
        Family(bert_classifier, 0.7),
        Family(bert_masked, 0.7),
        Family(bert_reversible, 0.7),
        Family(conv_mixer, 0.9),
        Family(conv_next, 0.75),
        Family(dense_net, 0.9),
        Family(detector, 0.85),
        Family(gan_generator, 0.9),
        Family(gan_generator_conditional, 0.9),
        Family(llama_style, 0.6),
        Family(llama_style_grouped, 0.7),
        Family(mlp_mixer, 0.6),
        Family(mlp_mixer_batch_norm, 0.6),
        Family(mobile_net_v3, 0.9),
        Family(seq2seq, 0.7),
        Family(seq2seq_additive, 0.65),
        Family(seq2seq_lstm, 0.7),
        Family(shuffle_net_v2, 0.6),
        Family(siamese, 0.7),
        Family(siamese_cosine, 0.75),
        Family(siamese_triplet, 0.7),
        Family(swin, 0.6),
        Family(translator, 0.7),
        Family(u_net, 0.95),
        Family(u_net_any_size, 0.95),
        Family(u_net_channels_first, 0.95),
        Family(vit, 0.75),
        Family(vit_batch_size, 0.6),
        Family(vit_without_token, 0.75),
        Family(vit_written_out, 0.6),
        Family(wave_net, 0.9),
    )
}
