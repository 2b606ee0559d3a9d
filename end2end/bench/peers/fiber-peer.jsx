// The smallest honest page of react-three-fiber: the same scene as three-peer.js, as its users write it. It draws when something changed.
import { Canvas, extend, useLoader, useThree } from '@react-three/fiber';
import { Suspense, useEffect, useMemo, useRef } from 'react';
import { createRoot } from 'react-dom/client';
import { Box3, Vector3 } from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';

extend({ OrbitControls });

function Desk() {
  const { scene } = useLoader(GLTFLoader, '/desk.glb');
  const { camera, gl, invalidate } = useThree();
  const controls = useRef(null);
  const centre = useMemo(() => new Box3().setFromObject(scene).getCenter(new Vector3()), [scene]);
  useEffect(() => {
    camera.position.set(centre.x - 1.6, centre.y + 1.1, centre.z + 2.6);
    controls.current.target.copy(centre);
    controls.current.update();
    controls.current.addEventListener('change', () => invalidate());
    invalidate();
  }, [camera, centre, invalidate]);
  return <><primitive object={scene} /><orbitControls ref={controls} args={[camera, gl.domElement]} /></>;
}

createRoot(document.getElementById('root')).render(
  <Canvas frameloop="demand" dpr={1} flat camera={{ fov: 33, near: 0.01, far: 100 }} gl={{ antialias: true, alpha: true }}>
    <hemisphereLight args={[0xffffff, 0x888888, 2]} />
    <directionalLight args={[0xffffff, 3]} position={[-2, 4, 3]} />
    <Suspense fallback={null}><Desk /></Suspense>
  </Canvas>,
);
