using Shoestring.Metering;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>White-box distillation.</summary>
public static class DistillationTechnique
{
    static readonly DistillationOptions usual = new("");

    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new("distil", SurveyTree.Distillation, "trains a model on the probabilities of a teacher beside the text")
    {
        Papers =
        [
            new("Distilling the Knowledge in a Neural Network", "1503.02531", 2015),
            new("MiniLLM: Knowledge Distillation of Large Language Models", "2306.08543", 2023),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Saves, false, "survey, section 6.1.3: of the small model that is run; training costs the teacher's forward pass"),
            new(Resource.Memory, Effect.Saves, false, "survey, section 6.1.3: of the small model that is run; training holds the teacher too"),
            new(Resource.Energy, Effect.Saves, false, "of the small model that is run"),
            new(Resource.Money, Effect.Saves, false, "of the small model that is run"),
            new(Resource.Communication, Effect.Saves, false, "fewer bytes of weights to send"),
        ],
        Options =
        [
            new("teacher", "", "model that is listened to, in any format, with the same vocabulary; needed", []) { IsFile = true },
            TechniqueOption.Of("temperature", usual.Temperature, "what both models' logits are divided by (1503.02531, section 4.1)"),
            TechniqueOption.Of("alpha", usual.Alpha, "the teacher's part of the loss, 0 to 1 (1503.02531, section 4.1)"),
            new("divergence", "forward", "KL(teacher ‖ student), or KL(student ‖ teacher) as in 2306.08543", ["forward", "reverse"]),
        ],
        Train = (methods, call) => methods with
        {
            Distillation = new DistillationOptions(call.File("teacher") ?? throw new InputException("no teacher is given", "-t distil", "write distil:teacher=MODEL"))
            {
                Temperature = call.Number("temperature", 1e-3, 1000),
                Alpha = call.Number("alpha", 0, 1),
                Direction = call.Choice("divergence", ("forward", DivergenceDirection.Forward), ("reverse", DivergenceDirection.Reverse)),
            },
        },
    };
}
