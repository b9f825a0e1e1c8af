using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Refuses methods that do not go together.</summary>
static class MethodChecks
{
    /// <summary>Checks what is asked for.</summary>
    /// <param name="methods">The methods.</param>
    /// <param name="hasStart">Whether the run begins with a model.</param>
    /// <exception cref="InputException">Two do not go together.</exception>
    public static void Check(TrainingMethods methods, bool hasStart)
    {
        DataMethods data = methods.Data;
        Require(methods is not { Distillation: not null, Mezo: not null }, "mezo sees the text's loss alone", "distil", "leave out one of the two");
        Require(!(data.HasGradients && methods.Mezo is not null), "mezo makes no gradients to select by", "select", "select by something else");
        Require(methods.Growth is null || hasStart, "a new model has nothing to grow from", "grow", "begin with a model, or give the new one its size");
        Require(data is not { Masking: not null, FillInTheMiddle: not null }, "there is one objective", "objective", "leave out one of the two");
        Require(data.Masking is null || methods.Distillation is null, "a teacher says what comes next, not what is masked", "distil", "leave out the masked objective");
        Require(data.Selections.All(one => one.Proxy is null || one.By != SelectionScore.GradientNorm), "gradient norms are those of the model that learns", "select", "leave out the proxy");
    }

    static void Require(bool holds, string what, string where, string cure)
    {
        if (!holds)
        {
            throw new InputException(what, where, cure);
        }
    }
}
