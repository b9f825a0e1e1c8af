using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>A model's costs as figures that say how they were come by.</summary>
static class ModelCosts
{
    /// <summary>Operations for one token with an empty context.</summary>
    public static Figure FlopsPerToken(ModelConfiguration configuration) => Figure.Counted(
        new CostModel(configuration).Flops([new WorkSpan(0, 1)], 1), Units.Flops, "cost model: matrix products and attention of one token at position 0, with its logits");

    /// <summary>Bytes of keys and values for one position.</summary>
    public static Figure KvBytesPerToken(ModelConfiguration configuration) => Figure.Counted(
        new CostModel(configuration).KvBytesPerToken(KvFormat.F16), Units.Bytes, "cost model: keys and values of all blocks as F16");
}
