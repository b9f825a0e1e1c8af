using Shoestring.Metering;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>Training through the quantizer.</summary>
public static class QatTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new("qat", SurveyTree.Quantization, "trains weights as the written file rounds them, so that they learn to bear it")
    {
        Papers =
        [
            new("LLM-QAT: Data-Free Quantization Aware Training for Large Language Models", "2305.17888", 2023),
            new("Estimating or Propagating Gradients Through Stochastic Neurons for Conditional Computation", "1308.3432", 2013),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Costs, true, "survey, section 6.1.2: training, where rounding afterwards needs none"),
            new(Resource.Memory, Effect.Saves, false, "survey, section 6.1.2: of the model that is run; training holds weights twice"),
            new(Resource.Energy, Effect.Saves, false, "survey, section 6.1.2: of the model that is run"),
            new(Resource.Money, Effect.Saves, false, "of the model that is run"),
            new(Resource.Communication, Effect.Saves, false, "fewer bytes of weights to send"),
        ],
        Options = [new("format", "Q4_0", "format of the written matrices, whose blocks must divide their columns; llama.cpp's plainest four bits", [])],
        Train = (methods, call) => methods with { Rounding = BlockFormats.Parse(call.Value("format")) },
    };
}
