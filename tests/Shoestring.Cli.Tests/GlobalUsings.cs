global using Shoestring.Experiments;
global using Shoestring.Tensors;
