// Starts the service this image was built for (build argument SERVICE).
const service = process.env.SERVICE ?? '';
if (!/^[a-z]+$/.test(service)) throw new Error('the image was built without the build argument SERVICE');
await import(`../apps/${service}/dist/main.js`);
