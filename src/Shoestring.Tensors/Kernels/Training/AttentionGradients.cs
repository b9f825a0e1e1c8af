namespace Shoestring.Tensors;

/// <summary>What goes into the way back through attention, and where its gradients go.</summary>
/// <param name="Queries"><c>[row, head · channel]</c></param>
/// <param name="Keys"><c>[row, KV head · channel]</c></param>
/// <param name="Values"><c>[row, KV head · channel]</c></param>
/// <param name="Outputs">What the forward pass gave. <c>[row, head · channel]</c></param>
/// <param name="LogSums">ln Σ e^score, as the forward pass left it. <c>[row, head]</c></param>
/// <param name="OutputGradient"><c>[row, head · channel]</c></param>
/// <param name="QueryGradient"><c>[row, head · channel]</c>, written.</param>
/// <param name="KeyGradient"><c>[row, KV head · channel]</c>, written.</param>
/// <param name="ValueGradient"><c>[row, KV head · channel]</c>, written.</param>
internal readonly record struct AttentionGradients(
    Tensor Queries, Tensor Keys, Tensor Values, Tensor Outputs, Tensor LogSums, Tensor OutputGradient, Tensor QueryGradient, Tensor KeyGradient, Tensor ValueGradient);
