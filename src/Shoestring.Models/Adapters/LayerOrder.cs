using System.Globalization;

namespace Shoestring.Models;

/// <summary>Layers in the order of a forward pass.</summary>
sealed class LayerOrder : IComparer<string>
{
    readonly Dictionary<string, int> places;

    LayerOrder(Dictionary<string, int> places) => this.places = places;

    /// <summary>The order of a model's layers.</summary>
    public static LayerOrder Of(ModelConfiguration model) => new(Enumerable.Range(0, model.Blocks.Count)
        .SelectMany(block => LayerShape.Of(model, model.Blocks[block]).Select(layer => TensorNames.Block(block, layer.Name)))
        .Select((name, place) => (name, place)).ToDictionary(pair => pair.name, pair => pair.place, StringComparer.Ordinal));

    /// <inheritdoc/>
    public int Compare(string? x, string? y) => Place(x).CompareTo(Place(y));

    // What the model does not have comes last, and is refused later.
    int Place(string? name) => places.GetValueOrDefault(name ?? "", int.MaxValue);

    /// <summary>The block of a layer's name, or null where it is none's.</summary>
    public static int? BlockOf(string layer) => layer.Split('.') is ["blk", var number, _] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int block) ? block : null;
}
