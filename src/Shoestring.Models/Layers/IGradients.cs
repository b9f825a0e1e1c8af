using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Where a backward pass puts the gradients of weights. Layers add to what they are given, and say when nothing more will be added in
/// this step and the weight will not be read again: whoever listens may then update the weight and use the gradient's memory for another.
/// </summary>
public interface IGradients
{
    /// <summary>The gradient of a matrix, in its layout, or null where it is frozen.</summary>
    PackedMatrix? Of(PackedMatrix weight);

    /// <summary>The gradient of a vector, or null where it is frozen. <c>[1, channel]</c></summary>
    Tensor? Of(Tensor vector);

    /// <summary>The step has finished with a matrix and its gradient.</summary>
    void Finish(PackedMatrix weight);

    /// <summary>The step has finished with a vector and its gradient.</summary>
    void Finish(Tensor vector);
}
